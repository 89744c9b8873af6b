import { Invalid } from '../../../../errors.js';
import { readXml, refuseDoctype, type XmlHandlers } from '../xml.js';
import type { Zip } from '../zip.js';

/** Reads a part of an Office package if it is there; says whether it was. */
export function readPart(zip: Zip, name: string, handlers: XmlHandlers): boolean {
  const part = zip.read(name);
  if (!part) return false;
  readXml(refuseDoctype(part), handlers);
  return true;
}

/** Where a part's relationships lead: id -> part name. Targets outside of the package are left out. */
export function relationships(zip: Zip, part: string): Map<string, { readonly target: string; readonly type: string }> {
  const found = new Map<string, { target: string; type: string }>();
  const slash = part.lastIndexOf('/') + 1;
  readPart(zip, `${part.slice(0, slash)}_rels/${part.slice(slash)}.rels`, {
    open(name, { Id, Target, Type, TargetMode }) {
      if (name === 'Relationship' && Id && Target && TargetMode !== 'External')
        found.set(Id, { target: partName(part, Target), type: Type ?? '' });
    },
  });
  return found;
}

/** A relative reference inside a container, from the file that holds it. */
export function partName(from: string, reference: string): string {
  try {
    return decodeURIComponent(new URL(reference, `http://container/${from}`).pathname.slice(1));
  } catch {
    throw new Invalid(
      'This file is damaged: it refers to a part by an impossible name. Save it again and upload that.',
    );
  }
}

/** The title in docProps/core.xml, which all Office files have in common. */
export function coreTitle(zip: Zip): string | undefined {
  const part = zip.read('docProps/core.xml');
  let [inTitle, title] = [false, ''];
  if (!part) return undefined;
  readXml(refuseDoctype(part), {
    open: (name) => (inTitle = name === 'title'),
    text: (text) => (title += inTitle ? text : ''),
    close: () => (inTitle = false),
  });
  return title.trim() || undefined;
}
