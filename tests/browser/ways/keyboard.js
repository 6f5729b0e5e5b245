// No mouse: Tab, Enter, Space and the arrow keys, from sign-in to the app. What has the focus can be seen.
import assert from "node:assert/strict"
import { world } from "../visitor.js"
import { scope } from "./standalone-launch.js"

export default async arrives => {
  const visitor = await arrives()
  const { keyboard } = visitor.page
  await visitor.opensApp({ scope })

  await visitor.arrivesAt("Sign in")
  await hasFocus(visitor, "Username")
  await keyboard.type("hannah")
  await tabsTo(visitor, "Password")
  await keyboard.type(world.password)
  await keyboard.press("Enter")

  await visitor.arrivesAt("Choose a patient")
  await tabsTo(visitor, "Patient’s name")
  await keyboard.type("shaw")
  await keyboard.press("Enter")
  await visitor.page.getByText("that match").waitFor()
  await tabsTo(visitor, "Amy")
  await keyboard.press("Space")
  await keyboard.press("ArrowDown")
  const chosen = await visitor.page.locator("input[name=patient]:checked").getAttribute("value")
  assert.equal(chosen, "leo-shaw")
  await tabsTo(visitor, "Continue with this patient")
  await keyboard.press("Enter")

  await visitor.arrivesAt("Give Growth Chart access?")
  await tabsTo(visitor, "observations")
  await keyboard.press("Space")
  await tabsTo(visitor, "Allow")
  await keyboard.press("Enter")

  await visitor.isBackAtApp()
  assert.match(await visitor.reads("patient"), /Leo.* Shaw/)
  assert.doesNotMatch((await visitor.tokens()).scope, /Observation/)
  visitor.leaves()
}

async function tabsTo(visitor, name) {
  for (let i = 0; i < 30; i++) {
    await visitor.page.keyboard.press("Tab")
    const focused = await focus(visitor)
    assert.ok(focused.visible, `the focus on ${focused.name} can't be seen`)
    if (focused.name.toLowerCase().includes(name.toLowerCase())) return
  }
  assert.fail(`Tab never comes to ${name}`)
}

async function hasFocus(visitor, name) {
  assert.equal((await focus(visitor)).name, name)
}

// Its name, and whether a ring shows that it has the focus (WCAG 2.4.7).
function focus(visitor) {
  return visitor.page.evaluate(() => {
    const element = document.activeElement
    const labels = [...(element.labels ?? [])].map(label => label.innerText).join(" ")
    const { outlineStyle, outlineWidth } = getComputedStyle(element)
    return { name: labels || element.innerText || "", visible: outlineStyle !== "none" && outlineWidth !== "0px" }
  })
}
