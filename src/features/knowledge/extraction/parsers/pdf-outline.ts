import type { OutlineEntry } from './pdf-blocks.js';

/** The parts of a pdf.js document that give its outline. */
interface OutlinedPdf {
  readonly getOutline: () => Promise<OutlineNode[] | null>;
  readonly getDestination: (name: string) => Promise<unknown[] | null>;
  readonly getPageIndex: (reference: never) => Promise<number>;
}

interface OutlineNode {
  readonly title: string;
  readonly dest: string | unknown[] | null;
  readonly items: OutlineNode[];
}

const mostEntries = 3_000;
const deepest = 4;

/** The outline's entries by page, from 1; undefined when the file has no usable outline. */
export async function outlineByPage(pdf: OutlinedPdf): Promise<Map<number, OutlineEntry[]> | undefined> {
  const byPage = new Map<number, OutlineEntry[]>();
  const waiting = ((await pdf.getOutline().catch(() => null)) ?? []).map((node) => ({ node, level: 1 }));
  let seen = 0;
  while (waiting.length > 0 && seen < mostEntries) {
    const { node, level } = waiting.shift() ?? {};
    if (!node || !level) break;
    seen += 1;
    const page = await pageOf(pdf, node);
    if (page) byPage.set(page, [...(byPage.get(page) ?? []), { level, title: node.title }]);
    // In front, so that entries come in the order in which they are read.
    if (level < deepest) waiting.unshift(...node.items.map((item) => ({ node: item, level: level + 1 })));
  }
  return byPage.size > 0 ? byPage : undefined;
}

async function pageOf(pdf: OutlinedPdf, { dest, title }: OutlineNode): Promise<number | undefined> {
  if (title.trim() === '') return undefined;
  try {
    const place = typeof dest === 'string' ? await pdf.getDestination(dest) : dest;
    const target = place?.[0];
    if (typeof target === 'number') return target + 1;
    return target ? (await pdf.getPageIndex(target as never)) + 1 : undefined;
  } catch {
    // An entry that leads nowhere is common and harmless.
    return undefined;
  }
}
