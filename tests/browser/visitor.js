// A person in front of a browser: opens apps, does what the pages ask, and looks at each page with a critic's eyes.
import assert from "node:assert/strict"
import { readFile } from "node:fs/promises"

export const world = JSON.parse(process.env.WORLD)
// What the browser says when the machine has no app for an address, whenever it comes to that.
const OF_THE_MACHINE = /^Failed to launch '/
const axe = await readFile(new URL("node_modules/axe-core/axe.min.js", import.meta.url), "utf8")

export class Visitor {
  // `options` are Playwright's for a context: viewport, colorScheme, javaScriptEnabled.
  static async arrives(browser, options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options })
    context.setDefaultTimeout(30_000)
    return Visitor.withTabOf(context, options.javaScriptEnabled !== false)
  }

  static async withTabOf(context, scripts) {
    const page = await context.newPage()
    const visitor = new Visitor(page, scripts)
    // What breaks the pages' Content-Security-Policy is an error in the console, too.
    page.on("console", message => {
      if (["error", "warning"].includes(message.type()) && !OF_THE_MACHINE.test(message.text())) visitor.complaints.push(message.text())
    })
    page.on("pageerror", error => visitor.complaints.push(error.message))
    return visitor
  }

  constructor(page, scripts) {
    this.page = page
    this.scripts = scripts
    this.complaints = []
  }

  // Another tab of the same browser.
  opensTab() {
    return Visitor.withTabOf(this.page.context(), this.scripts)
  }

  // The EHR hands over its context and opens the app.
  async isLaunched(context) {
    const answer = await fetch(`${world.issuer}/launchContext`, {
      method: "POST",
      headers: {
        authorization: `Basic ${btoa("lakeside-ehr:lakeside-ehr-secret-of-more-than-32-characters")}`,
        "content-type": "application/json",
      },
      body: JSON.stringify(context),
    })
    assert.equal(answer.status, 200, await answer.clone().text())
    const { launch } = await answer.json()
    await this.opensApp({ launch })
  }

  async opensApp(query = {}) {
    await this.page.goto(`${world.pages}/launch.html?${new URLSearchParams({ iss: world.fhir, ...query })}`)
    await this.page.waitForURL(`${world.issuer}/**`)
  }

  // The app's request without the app.
  async opensRequest(parameters) {
    await this.page.goto(requestUrl(parameters))
  }

  async signsIn(username, password = world.password) {
    await this.arrivesAt("Sign in")
    await this.page.getByLabel("Username").fill(username)
    await this.page.getByLabel("Password").fill(password)
    await this.page.getByRole("button", { name: "Sign in", exact: true }).click()
  }

  async searches(name) {
    await this.arrivesAt("Choose a patient")
    await this.page.getByLabel("Patient’s name").fill(name)
    await this.page.getByRole("button", { name: "Search" }).click()
    await this.page.getByText("that match").waitFor()
  }

  async picks(name) {
    await this.arrivesAt("Choose a patient")
    await this.page.getByRole("radio", { name }).check()
    await this.page.getByRole("button", { name: "Continue" }).click()
  }

  async allows() {
    await this.arrivesAt(/^Give .* access\?$/)
    await this.page.getByRole("button", { name: "Allow" }).click()
    await this.isBackAtApp()
  }

  async denies() {
    await this.arrivesAt(/^Give .* access\?$/)
    await this.page.getByRole("button", { name: "Deny" }).click()
    await this.isBackAtApp()
  }

  async isBackAtApp() {
    await this.page.waitForURL(`${world.pages}/index.html**`)
  }

  // What the app shows there, once it shows something.
  async reads(id) {
    const element = this.page.locator(`#${id}:not(:empty)`)
    await element.waitFor()
    return element.textContent()
  }

  // What fhirclient got from the token endpoint.
  tokens() {
    return this.page.evaluate(() => window.client.getState("tokenResponse"))
  }

  async refreshes() {
    await this.page.getByRole("button", { name: "Refresh" }).click()
    return this.reads("refreshed")
  }

  // Waits for the page with this heading, and judges it.
  async arrivesAt(heading) {
    await this.page.getByRole("heading", { level: 1, name: heading }).waitFor()
    await this.judges()
  }

  // The same for a page that comes with an error's status, which browsers tell of in the console.
  async arrivesAfterRefusal(heading) {
    await this.page.getByRole("heading", { level: 1, name: heading }).waitFor()
    this.expectsComplaint(/status of [45]\d\d/)
    await this.judges()
  }

  async judges() {
    assert.deepEqual(this.complaints, [], `complaints at ${this.page.url()}`)
    const [needed, there] = await this.page.evaluate(() => {
      const { scrollWidth, clientWidth } = document.documentElement
      return [scrollWidth, clientWidth]
    })
    assert.ok(needed <= there, `the page scrolls sideways: it needs ${needed} px and has ${there}`)
    if (!this.scripts) return
    await this.page.evaluate(axe)
    const { violations, passes } = await this.page.evaluate(() => window.axe.run())
    assert.ok(passes.length > 10, "axe looked at nothing")
    assert.deepEqual(violations.map(summary), [], `axe at ${this.page.url()}`)
  }

  // What is in order here although a browser complains about it.
  expectsComplaint(pattern) {
    const [complaint, ...others] = this.complaints
    assert.match(complaint ?? "nothing", pattern)
    assert.deepEqual(others, [])
    this.complaints = []
  }

  // For the message when something goes wrong.
  async sees() {
    const text = await this.page.locator("body").innerText().catch(error => error.message)
    return [`--- at ${this.page.url()}`, text, ...this.complaints.map(complaint => `complaint: ${complaint}`)].join("\n")
  }

  leaves() {
    assert.deepEqual(this.complaints, [])
  }
}

// An app's request for a code.
export function requestUrl(parameters = {}) {
  return `${world.issuer}/authorize?${new URLSearchParams({
    response_type: "code", client_id: "growth-chart", redirect_uri: `${world.pages}/index.html`, state: "opaque",
    aud: world.fhir, code_challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", code_challenge_method: "S256",
    ...parameters,
  })}`
}

function summary({ id, help, nodes }) {
  return `${id}: ${help}: ${nodes.map(node => `${node.html} ${node.failureSummary}`).join("; ")}`
}
