// Goes one way of `ways/` in a browser of its own: `node go.js keyboard`. Fails on whatever the browser complains about.
import { chromium } from "playwright-core"
import { Visitor } from "./visitor.js"

const flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
  "--disable-component-update", "--disable-sync", "--test-third-party-cookie-phaseout"]

const { default: way } = await import(`./ways/${process.argv[2]}.js`)
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: flags })
const visitors = []
try {
  await way(async options => {
    visitors.push(await Visitor.arrives(browser, options))
    return visitors.at(-1)
  })
} catch (error) {
  console.error(error.message)
  console.error(error.stack.split("\n").filter(line => line.includes("/ways/")).join("\n"))
  for (const visitor of visitors) console.error(await visitor.sees())
  process.exitCode = 1
} finally {
  await browser.close()
}
