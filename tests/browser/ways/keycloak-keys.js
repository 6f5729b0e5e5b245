// The realm gets another signing key, and then loses the old one, while people sign in: nothing is restarted here.
import assert from "node:assert/strict"
import { admin, arrives, world } from "../keycloak.js"

const { base, realm } = JSON.parse(world.keycloak)

async function kids() {
  const { keys } = await (await fetch(`${base}/realms/${realm}/protocol/openid-connect/certs`)).json()
  return keys.filter(({ use }) => use === "sig").map(({ kid }) => kid)
}

export default async comes => {
  await signsInAndReads(await comes())
  const before = await kids()
  const provider = "org.keycloak.keys.KeyProvider"
  const { id } = await admin("GET", "")
  const old = (await admin("GET", `/components?parent=${id}&type=${provider}`)).filter(({ providerId }) => providerId === "rsa-generated")
  const config = { priority: ["200"], keySize: ["2048"], algorithm: ["RS256"], active: ["true"], enabled: ["true"] }
  const next = { name: "next", providerId: "rsa-generated", providerType: provider, parentId: id, config }
  await admin("POST", "/components", next)
  const added = (await kids()).filter(kid => !before.includes(kid))
  assert.equal(added.length, 1)
  await signsInAndReads(await comes())
  for (const key of old) await admin("DELETE", `/components/${key.id}`)
  assert.deepEqual(await kids(), added)
  await signsInAndReads(await comes())
}

async function signsInAndReads(visitor) {
  await arrives(visitor, "amy")
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  visitor.leaves()
}
