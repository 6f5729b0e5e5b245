// The conformance suite of the Model Context Protocol judges this server as an authorization server: its metadata, and the whole way of an
// app that nobody registered. A person without a browser opens the address that it prints.
import assert from "node:assert/strict"
import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { described } from "./document.js"
import { answers, world } from "./person.js"

const modules = new URL("../browser/node_modules/", import.meta.url).pathname
const newer = join(modules, `node-linux-${process.arch}/bin/node`)
const node = existsSync(newer) ? newer : process.execPath

async function freePort() {
  const server = createServer()
  await new Promise(listens => server.listen(0, "127.0.0.1", listens))
  const { port } = server.address()
  await new Promise(closed => server.close(closed))
  return port
}

const port = await freePort()
const clientId = await described("Conformance Suite", ["http://127.0.0.1/callback"])
const results = mkdtempSync(join(tmpdir(), "admit-conformance-"))
const words = ["authorization", "--url", world.issuer, "--client-id", clientId, "--resource", world.fhir, "--port", port, "--output-dir", results]
const judge = spawn(node, [join(modules, "@modelcontextprotocol/conformance/dist/index.js"), ...words])
const said = []
judge.stderr.on("data", text => said.push(String(text)))
for await (const line of createInterface(judge.stdout)) {
  said.push(line)
  if (!line.startsWith(`${world.issuer}/authorize?`)) continue
  const back = await answers(line, "allow", { back: `http://127.0.0.1:${port}/callback` })
  assert.equal((await fetch(back)).status, 200)
}
const exit = judge.exitCode ?? await new Promise(ends => judge.on("exit", ends))
assert.equal(exit, 0, said.join("\n"))

const files = readdirSync(results, { recursive: true }).filter(file => file.endsWith("checks.json"))
const checks = files.flatMap(file => JSON.parse(readFileSync(join(results, file))))
rmSync(results, { recursive: true })
const found = checks.map(({ id, status }) => [id, status])
assert.deepEqual(found.sort(), [
  ["authorization-code-grant", "SUCCESS"],
  ["authorization-server-metadata", "SUCCESS"],
  ["authorization-server-metadata-cimd", "SUCCESS"],
], said.join("\n"))
