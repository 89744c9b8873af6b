/**
 * Asks again and again until `holds`; fails after a minute, naming what never came. A minute is no measure of anything:
 * a busy machine may need it, and who waits for what never comes has found a defect.
 */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
