// A real PDS and a directory of its accounts, for the tests: on loopback, in a folder that is thrown away.
//
//     node start.mjs FOLDER        RATE_LIMITS=1 turns on the limits that the public servers have;
//                               DID_DOC=1 tells at login where the account lives, as they do
//
// Prints one line of JSON when it is ready. It ends when its input does, so that it never outlives the tests.
//
//     POST /xrpc/tests.shift {"seconds": 60}      moves the clock by which what comes to this address is handled
//     POST /xrpc/tests.door                       opens another address, with a clock of its own: {"url": …}
import { AsyncLocalStorage } from 'node:async_hooks'
import crypto, { randomBytes } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import http from 'node:http'
import net from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const HOST = '127.0.0.1'
const folder = process.argv[2]

// The clocks come first: all that is imported below sees this Date and no other. What a request does is done by the
// clock of the address that it came to.
const TrueDate = Date
const clocks = new AsyncLocalStorage()
const now = () => TrueDate.now() + (clocks.getStore()?.ahead ?? 0)
globalThis.Date = class Date extends TrueDate {
  constructor(...values) { super(...(values.length ? values : [now()])) }
  static now() { return now() }
}

// Passwords that are made up for a test need no work against guessers: neither a costly hash nor a log-in that is held
// for 350 ms, which are half the time of many tests.
const { scrypt } = crypto
crypto.scrypt = (password, salt, length, done) => scrypt(password, salt, length, { N: 2 }, done)
const { setTimeout } = globalThis
globalThis.setTimeout = (call, ms, ...values) => {
  const atLogIn = ms <= 350 && new Error().stack.includes('AccountManager.login')
  return setTimeout(call, atLogIn ? 0 : ms, ...values)
}

const { default: plc } = await import('@did-plc/lib')
const { PDS } = await import('@atproto/pds')

// The directory: signatures and all are checked as the real one does, and kept in memory.
const operations = new Map()

async function directory(request) {
  const [, encoded = '', ...rest] = request.url.split('?')[0].split('/')
  const did = decodeURIComponent(encoded)
  if (!did || did === '_health') return [200, { version: 'test' }]
  const known = operations.get(did)
  if (request.method === 'POST') {
    let body = ''
    for await (const part of request) body += part
    const grown = [...(known ?? []), JSON.parse(body)]
    await plc.validateOperationLog(did, grown)
    operations.set(did, grown)
    return [200, {}]
  }
  if (!known) return [404, { message: `DID not registered: ${did}` }]
  const data = plc.opToData(did, known.at(-1))
  const answers = { log: known, 'log/last': known.at(-1), data, '': data && plc.formatDidDoc(data) }
  return data ? [200, answers[rest.join('/')]] : [410, { message: 'DID not available' }]
}

const plcServer = http.createServer(async (request, response) => {
  const [status, answer] = await directory(request).catch((error) => [400, { message: String(error.message) }])
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
})
await new Promise((done) => plcServer.listen(0, HOST, done))

// Not one that the system gives: until the PDS listens, a second later, it might give that to somebody else.
const isFree = (port) => new Promise((done) => {
  const probe = net.createServer().once('error', () => done(false))
  probe.listen(port, HOST, () => probe.close(() => done(true)))
})
let port
do { port = crypto.randomInt(20_000, 32_000) } while (!await isFree(port))
mkdirSync(join(folder, 'blobs'), { recursive: true })
const adminPassword = randomBytes(16).toString('hex')
const pds = await PDS.fromEnv({
  port,
  hostname: 'localhost',
  serviceHandleDomains: ['.test'],
  dataDirectory: folder,
  blobstoreDiskLocation: join(folder, 'blobs'),
  didPlcUrl: `http://${HOST}:${plcServer.address().port}`,
  devMode: true,
  disableSsrfProtection: true,
  inviteRequired: false,
  rateLimitsEnabled: Boolean(process.env.RATE_LIMITS),
  rateLimitBypassIps: [],
  enableDidDocWithSession: Boolean(process.env.DID_DOC),
  crawlers: [],
  trustedOAuthClients: [],
  handleBackupNameservers: [],
  jwtSecret: randomBytes(16).toString('hex'),
  dpopSecret: randomBytes(32).toString('hex'),
  adminPassword,
  plcRotationKeyK256PrivateKeyHex: randomBytes(32).toString('hex'),
})

function door(number) {
  const clock = { ahead: 0 }
  return clocks.run(clock, () => http.createServer(async (request, response) => {
    // Node writes the Date header by a clock of its own, which knows of no shift.
    response.setHeader('Date', new Date().toUTCString())
    const asked = request.url.match(/^\/xrpc\/tests\.(\w+)$/)?.[1]
    if (!asked) return pds.app(request, response)
    let body = '', answer = {}
    for await (const part of request) body += part
    if (asked === 'shift') clock.ahead = JSON.parse(body).seconds * 1000
    if (asked === 'door') answer.url = await opened(door(0))
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer))
  }).listen(number, HOST))  // by default it would be every interface
}
const opened = (server) => new Promise((done) => {
  server.keepAliveTimeout = 90_000  // as the PDS has it
  server.on('listening', () => done(`http://${HOST}:${server.address().port}`))
})
pds.app.listen = door
await pds.start()

const input = createInterface({ input: process.stdin })
async function stop() {
  await Promise.race([pds.destroy(), new Promise((done) => setTimeout(done, 2000))])
  process.exit(0)
}
input.on('close', stop)
process.on('SIGTERM', stop)
console.log(JSON.stringify({ url: `http://${HOST}:${port}`, adminPassword }))
