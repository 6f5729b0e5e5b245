// Every page in dark colours; axe measures the contrast.
import { everyPage } from "./phone.js"

export default async arrives => {
  const visitor = await arrives({ colorScheme: "dark" })
  await everyPage(visitor, "jonas")
  visitor.leaves()
}
