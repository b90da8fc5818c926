// Takes the sponsors' links and download addresses out of the lock file: the hashes say what is meant, wherever it comes from.
import { readFileSync, writeFileSync } from 'node:fs'

const file = 'package-lock.json'
const lock = JSON.parse(readFileSync(file, 'utf8'))
for (const entry of Object.values(lock.packages)) {
  delete entry.funding
  delete entry.resolved
}
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`)
