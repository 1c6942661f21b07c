// Owns: how a step fails. Steps that build on each other: after one that failed, the others fail at once and say so.

/** Gives a function that runs one step as a check of `tally`, and `afterwards` behind each, whose faults end nothing. */
export function journey(tally, name, tab, afterwards) {
  let broken;
  return (sentence, body) =>
    tally.check(`${name}: ${sentence}`, async () => {
      if (broken) throw `not tried: “${broken}” failed`;
      try {
        await showingPage(tab, body);
      } catch (error) {
        broken = sentence;
        throw error;
      }
      await afterwards();
    });
}

/** Runs `body`; if it fails, the error tells which page was open in `tab`, and what a person read there. */
export async function showingPage(tab, body) {
  try {
    return await body();
  } catch (error) {
    const read = await tab.page.evaluate(() => document.body.innerText).catch(() => '(nothing to read)');
    error.stack = `${error.stack ?? error}\nthe page was ${tab.page.url()}\n${read.replace(/\n+/g, ' | ').slice(0, 1000)}`;
    throw error;
  }
}
