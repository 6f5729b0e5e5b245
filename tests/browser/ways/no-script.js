// A browser without JavaScript goes all the way to the app's redirect URI. Only the app's own pages need it.
import assert from "node:assert/strict"
import { world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives({ javaScriptEnabled: false })
  await visitor.opensRequest({ scope })
  await visitor.signsIn("hannah")
  await visitor.searches("chen")
  await visitor.picks(/Wei.* Chen/)
  await visitor.allows()
  const answer = new URL(visitor.page.url()).searchParams
  assert.deepEqual([...answer.keys()].sort(), ["code", "iss", "state"])
  assert.equal(answer.get("iss"), world.issuer)
  visitor.leaves()
}
