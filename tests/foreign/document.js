// An app that nobody registered: its client_id is the address of this document.
import { createServer } from "node:http"
import { redirectUri } from "./person.js"

export async function described(name, redirectUris = [redirectUri]) {
  const web = createServer((_, answer) => answer.setHeader("content-type", "application/json").end(JSON.stringify(document)))
  await new Promise(listens => web.listen(0, "127.0.0.1", listens))
  web.unref()
  const document = {
    client_id: `http://127.0.0.1:${web.address().port}/oauth/client.json`,
    client_name: name,
    redirect_uris: redirectUris,
    token_endpoint_auth_method: "none",
  }
  return document.client_id
}
