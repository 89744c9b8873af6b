import type { Clock } from '../../disclosure/clocks.js';
import type { ReportState } from '../../disclosure/report.js';

export const stateNames: Readonly<Record<ReportState, string>> = {
  new: 'New',
  acknowledged: 'Acknowledged',
  confirmed: 'Confirmed',
  fixed: 'Fixed',
  rejected: 'Rejected',
  duplicate: 'Duplicate',
};

/** What is waited for. */
export const dueNames: Readonly<Record<Clock, string>> = { acknowledgement: 'First answer', resolution: 'Settled' };
