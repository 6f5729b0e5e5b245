// OpenID Connect Core §3.1.3.7, step 5: an id_token whose `azp` is another client was issued to that one.
import { arrives } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  await arrives(visitor, "amy", "Misdirected")
  await visitor.arrivesAfterRefusal("You are not signed in")
  visitor.leaves()
}
