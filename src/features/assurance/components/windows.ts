/** How many days after it was first seen a component is mended at the latest (ASVS 15.1.1). */
export const mendingDays = { critical: 3, high: 7, moderate: 30, low: 90 } as const;
export type Severity = keyof typeof mendingDays;

/** And how many after a newer version was first seen, in which no weakness of the present one is known. */
export const updatingDays = { minor: 90, major: 180 } as const;
export type Step = keyof typeof updatingDays;

/** How often it is looked whether there is something to mend. */
export const reviewDays = 7;
