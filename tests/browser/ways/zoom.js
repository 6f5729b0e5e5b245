// Every page at 200 % zoom on a small desktop: half as many pixels for everything (WCAG 1.4.4).
import { everyPage } from "./phone.js"

export default async arrives => {
  const visitor = await arrives({ viewport: { width: 640, height: 400 }, deviceScaleFactor: 2 })
  await everyPage(visitor, "klara")
  visitor.leaves()
}
