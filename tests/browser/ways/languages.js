// Every page in every language but English, on the narrowest phone, where German needs the most room.
import assert from "node:assert/strict"
import { world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  for (const locale of ["de-AT", "nl", "es", "fr"]) {
    const visitor = await arrives({ locale, viewport: { width: 320, height: 844 }, hasTouch: true, isMobile: true })
    const { page } = visitor
    const speaks = async () => {
      assert.equal(await page.locator("html").getAttribute("lang"), locale.slice(0, 2))
      await visitor.judges()
    }
    await visitor.opensApp({ scope, client: "medication-list" })
    for (const password of ["mistyped", world.password]) {
      await speaks()
      await page.locator("[name=username]").fill("hannah")
      await page.locator("[name=password]").fill(password)
      await page.locator("button.primary").click()
      await page.locator(password === "mistyped" ? "#problem" : "[name=name]").waitFor()
    }
    await page.locator("[name=name]").fill("shaw")
    await page.locator("[role=search] button").click()
    await page.locator("[name=patient]").first().check()
    await speaks()
    await page.locator("button.primary").last().click()
    await page.locator("[name=decision]").first().waitFor()
    await speaks()
    await page.locator("button[value=allow]").click()
    // Whoever leaves the app before it has its token makes it ask twice with one code.
    assert.match(await visitor.reads("patient"), /Shaw/)
    await page.goBack()
    await page.locator("h1").waitFor()
    await speaks()
    await visitor.opensRequest({ scope, prompt: "select_account" })
    await speaks()
    for (const path of ["manage", "logout"]) {
      await page.goto(`${world.issuer}/${path}`)
      await speaks()
    }
    await page.locator("button.primary").click()
    await page.locator("form").waitFor({ state: "detached" })
    await speaks()
    await page.goto(`${world.issuer}/authorize?client_id=unknown`)
    visitor.expectsComplaint(/400/)
    await speaks()
    visitor.leaves()
  }
}
