// The app in a frame of the EHR. The sign-in refuses to be framed, gets a window, and the frame goes on.
import assert from "node:assert/strict"
import { allows, expectsErrors, isReady, launches, signsIn, text } from "../desk.js"

export default async arrives => {
  for (const app of ["sample-app", "symmetric-app"]) {
    const visitor = await arrives()
    const { page } = visitor
    const login = await launches(visitor, { type: "provider-ehr", app, patient: "amy-shaw", embed: "yes" })
    assert.match(await text(page, "#ehr-patient"), /Amy.* Shaw/)
    const frame = page.frameLocator("#app-frame")
    const opened = page.waitForEvent("popup")
    await frame.locator("#continue").click()
    const sign_in = await opened
    await signsIn(sign_in, login)
    await allows(sign_in)
    const shown = app === "sample-app" ? frame : sign_in
    await isReady(shown)
    assert.match(await text(shown, "#patient-name"), /Amy.* Shaw/)
    expectsErrors(visitor)
  }
}
