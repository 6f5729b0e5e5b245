// The back button after an answer, and the same launch in two tabs.
import assert from "node:assert/strict"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  await visitor.opensApp({ scope })
  await visitor.signsIn("amy")
  await visitor.arrivesAt(/^Give .* access\?$/)
  // A page of an earlier step shows the step that is really next.
  await visitor.page.goBack()
  await visitor.page.goForward()
  await visitor.allows()
  assert.match(await visitor.reads("patient"), /Amy.* Shaw/)
  await visitor.page.goBack()
  await visitor.arrivesAt("You have already answered")
  visitor.leaves()

  // Two apps on two records, side by side in one browser: each ends where it began.
  const first = await arrives()
  const second = await first.opensTab()
  await first.opensApp({ scope })
  await second.opensApp({ scope, client: "medication-list" })
  await first.signsIn("hannah")
  // One sign-in serves both: the page that still asks is loaded anew and asks no more.
  await second.page.reload()
  await first.searches("chen")
  await second.searches("rivera")
  await first.picks(/Wei.* Chen/)
  await second.picks(/Mia.* Rivera/)
  await first.allows()
  await second.allows()
  assert.match(await first.reads("patient"), /Wei.* Chen/)
  assert.match(await second.reads("patient"), /Mia.* Rivera/)
  first.leaves()
  second.leaves()
}
