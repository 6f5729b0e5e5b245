// Somebody with a browser who signs in at oidc-provider.
import assert from "node:assert/strict"

export const redirectUri = "https://app.example/callback"

// Cookies by host and port, and forms that they fill in.
export class Somebody {
  jars = new Map()

  async opens(url, form) {
    const { host } = new URL(url)
    if (!this.jars.has(host)) this.jars.set(host, new Map())
    const jar = this.jars.get(host)
    const cookie = [...jar].map(pair => pair.join("=")).join("; ")
    const body = form && new URLSearchParams(form)
    const answer = await fetch(url, { method: form ? "POST" : "GET", body, headers: { cookie }, redirect: "manual" })
    for (const line of answer.headers.getSetCookie()) {
      const [name, ...value] = line.split(";")[0].split("=")
      jar.set(name, value.join("="))
    }
    const location = answer.headers.get("location")
    if (location?.startsWith(redirectUri)) return { back: new URL(location) }
    if (location) return this.opens(new URL(location, url).href)
    return { url, status: answer.status, html: await answer.text() }
  }

  // Sends the page's form, or follows its link.
  submits({ url, html }, said) {
    const form = html.split("<form").at(-1)
    const action = form.match(/ action="([^"]*)"/)?.[1] ?? url
    const sent = [...form.matchAll(/<input [^>]*>/g)].map(([tag]) => tag).filter(tag => /type="hidden"| checked/.test(tag))
      .map(tag => [text(tag, "name"), text(tag, "value")])
    return this.opens(new URL(action, url).href, [...sent, ...said])
  }

  signsInAt(page, account) {
    assert.match(page.html, /Hospital account/)
    return this.submits(page, [["account", account]])
  }

  agrees(page) {
    assert.match(page.html, /name="decision"/, page.html)
    return this.submits(page, [["decision", "allow"]])
  }
}

function text(tag, name) {
  return tag.match(` ${name}="([^"]*)"`)[1].replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code))
}
