import { Invalid } from '../../../../errors.js';
import type { Limits } from '../limits.js';
import type { Progress } from '../section.js';
import type { SectionWriter } from '../section-writer.js';
import type { Zip } from '../zip.js';
import { coreTitle, readPart, relationships } from './office-parts.js';

export interface PresentationReading {
  readonly zip: Zip;
  readonly writer: SectionWriter;
  readonly limits: Limits;
  readonly onProgress: (progress: Progress) => void;
}

/** Each slide becomes a page with its title as heading, then its text and tables, then the speaker's notes. */
export function readPptx({ zip, writer, limits, onProgress }: PresentationReading): { title?: string; pages: number } {
  const slides = slidesInOrder(zip);
  if (slides.length > limits.pages)
    throw new Invalid(`This presentation has more than ${limits.pages} slides. Split it and upload the parts.`);
  for (const [index, slide] of slides.entries()) {
    writer.page(index + 1);
    const { title, blocks } = readSlide(zip, slide);
    const notes = [...relationships(zip, slide).values()].find(({ type }) => type.endsWith('/notesSlide'));
    const spoken = notes ? readSlide(zip, notes.target, 'body').blocks.join('\n') : '';
    const paragraphs = spoken ? [...blocks, `Notes: ${spoken}`] : blocks;
    writer.heading(1, title || (paragraphs.length > 0 ? `Slide ${index + 1}` : ''));
    for (const paragraph of paragraphs) writer.paragraph(paragraph);
    onProgress({ done: index + 1, total: slides.length });
  }
  const title = coreTitle(zip);
  return { ...(title ? { title } : {}), pages: slides.length };
}

function slidesInOrder(zip: Zip): string[] {
  const targets = relationships(zip, 'ppt/presentation.xml');
  const slides: string[] = [];
  readPart(zip, 'ppt/presentation.xml', {
    open(name, { 'r:id': id = '' }) {
      const target = targets.get(id)?.target;
      if (name === 'sldId' && target) slides.push(target);
    },
  });
  return slides;
}

/** `only`: just the shapes of this placeholder type; a notes page repeats the slide's picture and number otherwise. */
function readSlide(zip: Zip, part: string, only?: string): { title: string; blocks: string[] } {
  const blocks: string[] = [];
  let [title, text, kind, inText] = ['', '', '', false];
  let lines: string[] = [];
  let [fallback, cells] = [0, undefined as string[] | undefined];
  readPart(zip, part, {
    open(name, { type = '' }) {
      // The same content again, for older programs.
      if (name === 'Fallback') fallback += 1;
      if (name === 'sp' || name === 'graphicFrame') [kind, lines] = ['', []];
      if (name === 'ph') kind = type || 'body';
      if (name === 'tr') cells = [];
      if (name === 'br' || name === 'tab') text += ' ';
      inText = name === 't' && fallback === 0;
    },
    text(piece) {
      if (inText) text += piece;
    },
    close(name) {
      inText = false;
      if (name === 'Fallback') fallback -= 1;
      if (name === 'p' && !cells) lines.push(text);
      if (name === 'p') text = cells ? `${text} ` : '';
      if (name === 'tc') {
        cells?.push(text.trim());
        text = '';
      }
      if (name === 'tr') {
        lines.push((cells ?? []).filter(Boolean).join(' | '));
        cells = undefined;
      }
      if (name !== 'sp' && name !== 'graphicFrame') return;
      const block = lines.filter((line) => line.trim()).join('\n');
      lines = [];
      if (kind === 'title' || kind === 'ctrTitle') title = block;
      else if (block && !['dt', 'ftr', 'sldNum'].includes(kind) && (!only || kind === only)) blocks.push(block);
    },
  });
  return { title, blocks };
}
