/** The types of columns, the same on both engines. */
export type Bool = 0 | 1;
export type Json = string;
export type EpochMs = number;
export type Micro = number;

export interface Dated {
  date_created: EpochMs;
  date_updated: EpochMs;
}
