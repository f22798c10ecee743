// Debian 12's node is 18, and the packages here are written for 20 and 22: what they miss. Loaded with --import.
import { File } from 'node:buffer';
import { webcrypto } from 'node:crypto';
import { register } from 'node:module';

globalThis.File ??= File;
globalThis.crypto ??= webcrypto;
register('./older_fs.mjs', import.meta.url);
