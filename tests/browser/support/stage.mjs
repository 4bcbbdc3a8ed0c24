// A shop that sells and a browser to visit it with: what each file of tests begins and ends with.

import { startShop } from "./shop.mjs";
import { startBrowser } from "./shopper.mjs";

export async function openShop() {
  const shop = await startShop();
  try {
    return { shop, browser: await startBrowser() };
  } catch (error) {
    await shop.stop();
    throw error;
  }
}

/** Ends what has begun. */
export async function closeShop(shop, browser) {
  await browser?.close();
  await shop?.stop();
}
