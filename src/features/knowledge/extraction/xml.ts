import { Parser } from 'htmlparser2';
import { Invalid } from '../../../errors.js';
import { decodeText } from './text-decoding.js';

export type Attributes = Readonly<Record<string, string>>;

export interface XmlHandlers {
  /** `name` comes without its namespace prefix, attributes with theirs. */
  readonly open?: (name: string, attributes: Attributes) => void;
  readonly close?: (name: string) => void;
  readonly text?: (text: string) => void;
  /** How far the part has been read, for progress. */
  readonly advanced?: (bytes: number) => void;
}

const sliceBytes = 65_536;

/**
 * Reads one XML part without ever holding it as one string. The parser knows the five XML entities and nothing else:
 * no document type is interpreted, nothing is fetched, nothing expands.
 */
export function readXml(bytes: Buffer, handlers: XmlHandlers): void {
  const local = (name: string) => name.slice(name.indexOf(':') + 1);
  const parser = new Parser(
    {
      onopentag: (name, attributes) => handlers.open?.(local(name), attributes),
      onclosetag: (name) => handlers.close?.(local(name)),
      ontext: (text) => handlers.text?.(text),
    },
    { xmlMode: true },
  );
  const content = inUtf8(bytes);
  const decoder = new TextDecoder();
  for (let at = 0; at < content.length; at += sliceBytes) {
    parser.write(decoder.decode(content.subarray(at, at + sliceBytes), { stream: true }));
    handlers.advanced?.(Math.min(content.length, at + sliceBytes));
  }
  parser.end(decoder.decode());
}

/** Office files never hold a document type declaration; one that does was made to attack a reader (XXE, billion laughs). */
export function refuseDoctype(bytes: Buffer): Buffer {
  const content = inUtf8(bytes);
  if (content.includes('<!DOCTYPE') || content.includes('<!ENTITY'))
    throw new Invalid(
      'This file holds XML declarations that Office never writes, so it was not read. Save it again from Office.',
    );
  return content;
}

function inUtf8(bytes: Buffer): Buffer {
  const wide = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  return wide ? Buffer.from(decodeText(bytes)) : bytes;
}
