import { writeControlTypes } from './control-types.ts';

writeControlTypes();
