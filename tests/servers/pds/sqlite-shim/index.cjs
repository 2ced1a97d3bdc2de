// What the PDS uses of better-sqlite3, on top of the SQLite that Node carries: nothing has to be compiled.
const { DatabaseSync } = require('node:sqlite')

// The PDS looks at these names; node:sqlite gives numbers.
const NAMES = {
  5: 'SQLITE_BUSY', 261: 'SQLITE_BUSY_RECOVERY', 517: 'SQLITE_BUSY_SNAPSHOT', 773: 'SQLITE_BUSY_TIMEOUT',
  1555: 'SQLITE_CONSTRAINT_PRIMARYKEY', 2067: 'SQLITE_CONSTRAINT_UNIQUE',
}

function named(work) {
  try {
    return work()
  } catch (error) {
    if (error.errcode) error.code = NAMES[error.errcode] ?? error.code
    throw error
  }
}

// Binary columns as Buffers, as better-sqlite3 gives them.
function buffered(row) {
  for (const column in row ?? {}) {
    const value = row[column]
    if (value instanceof Uint8Array) row[column] = Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  }
  return row
}

class Statement {
  constructor(statement) {
    this.statement = statement
    this.reader = statement.columns().length > 0
  }

  all(values = []) { return named(() => this.statement.all(...values).map(buffered)) }
  get(values = []) { return named(() => buffered(this.statement.get(...values))) }
  run(values = []) { return named(() => this.statement.run(...values)) }
  *iterate(values = []) { for (const row of this.statement.iterate(...values)) yield buffered(row) }
}

module.exports = class Database {
  constructor(file, options = {}) { this.database = new DatabaseSync(file, { timeout: options.timeout ?? 5000 }) }
  prepare(sql) { return named(() => new Statement(this.database.prepare(sql))) }
  pragma(setting) { return this.prepare(`PRAGMA ${setting}`).all() }
  exec(sql) { named(() => this.database.exec(sql)); return this }
  close() { this.database.close() }
}
