// A person with a browser that knows only HTML: signs in, agrees or not, and ends at the app.
import assert from "node:assert/strict"

export const world = JSON.parse(process.env.WORLD)
export const redirectUri = "https://app.example/callback"

// The URL at the app where everything ends. `who` signs in, searches for a patient of this name and picks one, and the first visit
// that is offered, by way of all pages of the list if they go `onward`; `pages` gets what they saw. `who.back` is where the app is, if it is elsewhere.
export async function answers(url, decision = "allow", who = {}) {
  const cookies = new Map()
  let request = { url: String(url), form: undefined }
  for (let i = 0; i < 16; i++) {
    const { url, form } = request
    const cookie = [...cookies].map(pair => pair.join("=")).join("; ")
    const method = form ? "POST" : "GET"
    const answer = await fetch(url, { method, body: form && new URLSearchParams(form), headers: { cookie }, redirect: "manual" })
    for (const line of answer.headers.getSetCookie()) {
      const [name, ...value] = line.split(";")[0].split("=")
      cookies.set(name, value.join("="))
    }
    const location = answer.headers.get("location")
    if (location?.startsWith(who.back ?? redirectUri)) return new URL(location)
    if (location) {
      request = { url: new URL(location, url).href }
      continue
    }
    const html = await answer.text()
    who.pages?.push(html)
    const searches = who.name && html.includes('role="search"') && !url.includes("?")
    const next = who.onward && html.match(/rel="next"( href="[^"]*")/)
    request = searches ? { url: `${url}?${new URLSearchParams({ name: who.name })}` }
      : next ? { url: new URL(text(next[1], "href"), url).href }
      : fill(html, url, decision, who)
  }
  assert.fail(`the way does not end: ${request.url}`)
}

// The page's last form, which is the one that is posted, but for the way back to another patient: hidden fields and ticked boxes are sent as they are.
function fill(html, url, decision, { username = "amy", patient }) {
  const form = html.split("<form").filter(form => !form.includes('id="another-patient"')).at(-1)
  assert.match(form, /action="/, html)
  const inputs = [...form.matchAll(/<input [^>]*>/g)].map(([tag]) => tag)
  const sent = inputs.filter(tag => /type="hidden"| checked/.test(tag)).map(tag => [text(tag, "name"), text(tag, "value")])
  const said = html.includes('name="password"')
    ? [["username", username], ["password", world.password]]
    : form.includes('type="radio" name="patient"') ? [["patient", patient]]
    : form.includes('type="radio" name="context"') ? [["context", form.match(/name="context" value="([^"]+)"/)[1]]]
    : [["decision", decision]]
  return { url: new URL(text(form, "action"), url).href, form: [...sent, ...said] }
}

function text(tag, name) {
  return tag.match(` ${name}="([^"]*)"`)[1].replace(/&#(\d+);/g, (_, code) => String.fromCodePoint(code))
}
