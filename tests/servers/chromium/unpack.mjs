// Unpacks what @sparticuz/chromium carries, as its own loader would: the program, and archives of what it needs.
import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createBrotliDecompress } from "node:zlib";

for (const name of process.argv.slice(2)) {
    const packed = createReadStream(`node_modules/@sparticuz/chromium/bin/${name}.br`);
    await pipeline(packed, createBrotliDecompress(), createWriteStream(name));
}
