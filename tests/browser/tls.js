// Speaks TLS in front of servers that do not, as a load balancer would: which one, says the host that was asked for.
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { request } from "node:http"
import { createServer } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"

export function speaksTls(port, origins) {
  const server = createServer(ownCertificate(), (asked, answer) => {
    const { method, headers, url } = asked
    const origin = origins[headers.host] ?? origins.default
    const passed = request(origin + url, { method, headers }, response => {
      answer.writeHead(response.statusCode, response.rawHeaders)
      response.pipe(answer)
    })
    passed.on("error", error => answer.destroy(error))
    asked.pipe(passed)
  })
  return new Promise(resolve => server.listen(port, "127.0.0.1", () => resolve(server)))
}

function ownCertificate() {
  const folder = mkdtempSync(join(tmpdir(), "admit-tls-"))
  const [key, cert] = ["key.pem", "cert.pem"].map(name => join(folder, name))
  try {
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
      "/CN=localhost", "-days", "2", "-keyout", key, "-out", cert], { stdio: "ignore" })
    return { key: readFileSync(key), cert: readFileSync(cert) }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
