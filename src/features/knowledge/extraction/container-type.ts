import { Invalid } from '../../../errors.js';
import { extensionOf, type MediaType, promisedType, readableTypes } from './media-types.js';
import { latin1 } from './text-decoding.js';
import { isTestVirus } from './text-kind.js';
import type { Zip } from './zip.js';

export type OfficeType = Exclude<MediaType, 'application/pdf' | `text/${string}`>;

const ooxml = 'application/vnd.openxmlformats-officedocument.';
/** The content type of a package's main part, as [Content_Types].xml declares it (ECMA-376 part 2). */
const mainParts: readonly [part: string, type: OfficeType][] = [
  [`${ooxml}wordprocessingml.document.main+xml`, `${ooxml}wordprocessingml.document`],
  [`${ooxml}spreadsheetml.sheet.main+xml`, `${ooxml}spreadsheetml.sheet`],
  [`${ooxml}presentationml.presentation.main+xml`, `${ooxml}presentationml.presentation`],
];
const odt = 'application/vnd.oasis.opendocument.text';
const epub = 'application/epub+zip';

/** Looks into a ZIP container; throws Invalid naming what it is when it is nothing that can be read. */
export function containerType(zip: Zip, fileName: string): OfficeType {
  refuseTestVirus(zip);
  const declared = small(zip, 'mimetype')?.trim();
  if (declared === odt || declared === epub) return declared;
  const parts = small(zip, '[Content_Types].xml');
  const main = mainParts.find(([part]) => parts?.includes(`"${part}"`))?.[1];
  if (main) return main;
  throw new Invalid(refusal(fileName, declared, parts));
}

function refusal(fileName: string, declared: string | undefined, parts: string | undefined): string {
  if (parts?.includes('macroEnabled'))
    return 'This is an Office file with macros. Save it without them (.docx, .xlsx or .pptx) and upload that.';
  if (parts?.includes('template.main+xml') || parts?.includes('slideshow.main+xml'))
    return 'This is an Office template or slide show. Save it as .docx, .xlsx or .pptx and upload that.';
  if (declared?.startsWith('application/vnd.oasis.opendocument'))
    return 'This is an OpenDocument file other than a text. Save it as .xlsx, .pptx or PDF and upload that.';
  const named = promisedType(fileName) ? `This is named .${extensionOf(fileName)} but its content is` : 'This is';
  return `${named} a ZIP archive. Unpack it and upload the files in it: ${readableTypes}.`;
}

function small(zip: Zip, name: string): string | undefined {
  return zip.sizeOf(name) <= 1_048_576 ? zip.readText(name) : undefined;
}

function refuseTestVirus(zip: Zip): void {
  // The test file is 68 bytes, up to 128 with the blanks that may follow it.
  const suspects = zip.names.filter((name) => zip.sizeOf(name) >= 68 && zip.sizeOf(name) <= 128).slice(0, 100);
  if (suspects.some((name) => isTestVirus(latin1(zip.read(name) ?? Buffer.alloc(0)))))
    throw new Invalid('This file holds the harmless test file for virus scanners (EICAR), so it was not read.');
}
