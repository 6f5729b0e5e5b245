// An app that nobody registered: the page leads with where it lives, on a desktop, on a phone and in the dark. With PICTURES, a folder, it
// is drawn there.
import assert from "node:assert/strict"
import { createServer } from "node:http"

const looks = {
  wide: { viewport: { width: 1280, height: 800 } },
  phone: { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true },
  dark: { viewport: { width: 1280, height: 800 }, colorScheme: "dark" },
}
const scope = "openid launch/patient offline_access patient/Observation.rs patient/MedicationRequest.rs"

export default async arrives => {
  for (const [look, options] of Object.entries(looks)) {
    for (const [kind, redirectUris] of [["web", ["https://agent.example/callback"]], ["local", ["http://localhost/callback"]]]) {
      const { clientId, web } = await described(redirectUris)
      const visitor = await arrives(options)
      const { host } = new URL(clientId)
      const redirect_uri = redirectUris[0].replace("localhost/", "localhost:33418/")
      await visitor.opensRequest({ scope, client_id: clientId, redirect_uri })
      await visitor.arrivesAt("Sign in")
      assert.equal(await visitor.page.getByText("Hospital Records").count(), 0, "its own name is worth nothing here")
      await visitor.signsIn("amy")
      await visitor.arrivesAt(`Give ${host} access?`)
      assert.equal(await visitor.page.getByText("On your own device").count(), kind === "local" ? 1 : 0)
      if (process.env.PICTURES) {
        await visitor.page.screenshot({ path: `${process.env.PICTURES}/unregistered-${kind}-${look}.png` })
      }
      visitor.leaves()
      web.close()
    }
  }
}

async function described(redirect_uris) {
  const web = createServer((_, answer) => answer.setHeader("content-type", "application/json").end(JSON.stringify(document)))
  await new Promise(listens => web.listen(0, "127.0.0.1", listens))
  const client_id = `http://127.0.0.1:${web.address().port}/oauth/client.json`
  const document = { client_id, client_name: "Lakeside Hospital Records (verified)", redirect_uris }
  return { clientId: client_id, web }
}
