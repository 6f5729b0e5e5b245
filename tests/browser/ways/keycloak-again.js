// `prompt=login` and `max_age` reach Keycloak: whoever is signed in there as well must show the password again.
import assert from "node:assert/strict"
import { asks, claims, isAtKeycloak, signsIn } from "../keycloak.js"

export default async comes => {
  const visitor = await comes()
  await asks(visitor, {})
  await isAtKeycloak(visitor)
  await signsIn(visitor, "amy")
  const first = await claims(visitor)
  // A session that is young enough serves.
  await asks(visitor, { max_age: "600" })
  assert.equal((await claims(visitor)).auth_time, first.auth_time)
  for (const again of [{ prompt: "login" }, { max_age: "0" }]) {
    await visitor.page.waitForTimeout(1_100)
    await asks(visitor, again)
    await isAtKeycloak(visitor)
    await signsIn(visitor, "amy")
    const second = await claims(visitor)
    assert.equal(second.sub, first.sub)
    assert.ok(second.auth_time > first.auth_time, `${second.auth_time} after ${first.auth_time}`)
  }
  visitor.leaves()
}
