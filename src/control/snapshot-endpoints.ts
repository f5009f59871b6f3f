import { z } from 'zod';
import { deleteSnapshot, listSnapshots, type SnapshotLine } from '../db/snapshot-store.ts';
import { iso8601Date } from '../http/answers/resource.ts';
import {
  controlEndpoint,
  controlReadEndpoint,
  controlWaitingEndpoint,
} from '../http/control-endpoint.ts';
import { clearFaults } from '../http/faults.ts';
import { iso8601 } from '../kit/utc.ts';
import { missing, nothing } from './control-fields.ts';
import { keepSnapshot } from './keep-snapshot.ts';
import { restoreSnapshot } from './restore-snapshot.ts';

const NAME_LENGTH = 64;

/** A name is a segment of a path, where clients resolve `.` and `..`. */
const name = z
  .string({ error: 'must be text' })
  .regex(
    new RegExp(`^[A-Za-z0-9._-]{1,${NAME_LENGTH}}$`),
    `must be 1 to ${NAME_LENGTH} letters, digits, dots, hyphens or underscores`,
  )
  .refine((text) => text !== '.' && text !== '..', 'must not be one dot or two');

const SNAPSHOT = z.object({
  name: z.string(),
  date_created: iso8601Date,
  rows: z.int(),
  bytes: z.int(),
});

function presentSnapshot({ name, date_created, rows, bytes }: SnapshotLine) {
  return { name, date_created: iso8601(date_created), rows, bytes };
}

/** The calls for snapshots: worlds that are kept under a name. */
export const snapshotEndpoints = [
  controlReadEndpoint({
    id: 'ControlListSnapshots',
    summary: 'The stored snapshots, by name',
    path: '/_tieline/snapshots',
    development_only: true,
    input: nothing,
    output: z.object({ snapshots: z.array(SNAPSHOT) }),
    async handle({ db }) {
      return { snapshots: (await listSnapshots(db)).map(presentSnapshot) };
    },
  }),

  controlWaitingEndpoint({
    id: 'ControlKeepSnapshot',
    summary: 'Stores the whole world under a name, and replaces a snapshot of that name',
    method: 'POST',
    path: '/_tieline/snapshots',
    status: 201,
    development_only: true,
    input: z.strictObject({ name }),
    output: SNAPSHOT,
    async handle({ app, input }) {
      return presentSnapshot(await keepSnapshot(app, input.name));
    },
  }),

  controlWaitingEndpoint({
    id: 'ControlRestoreSnapshot',
    summary: "Restores a snapshot's world, with its clock, and removes all faults",
    method: 'POST',
    path: '/_tieline/snapshots/:SnapshotName/restore',
    status: 204,
    development_only: true,
    input: nothing,
    output: null,
    async handle({ app, path }) {
      await restoreSnapshot(app, path.SnapshotName);
      clearFaults(app);
    },
  }),

  controlEndpoint({
    id: 'ControlDeleteSnapshot',
    summary: 'Deletes a snapshot; the world does not change',
    method: 'DELETE',
    path: '/_tieline/snapshots/:SnapshotName',
    status: 204,
    development_only: true,
    input: nothing,
    output: null,
    async handle({ tx, path: { SnapshotName } }) {
      if (!(await deleteSnapshot(tx, SnapshotName))) throw missing('snapshot', SnapshotName);
    },
  }),
];
