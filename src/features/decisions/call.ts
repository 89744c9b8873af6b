import { type FittingCall, toolNamed } from '../../llm/tool.js';

/** The call as the tool of today understands it; undefined when the tool is gone or the arguments do not fit any more. */
export function callOf(tool: string, argumentText: string): FittingCall | undefined {
  const prepared = toolNamed(tool)?.prepare(parsed(argumentText));
  return prepared && prepared.kind !== 'unfit' ? prepared : undefined;
}

export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
