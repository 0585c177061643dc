import { builder } from '../builder.ts';
import { AuditEntry } from '../refs.ts';

export const AuditEntryConnection = builder.connectionObject(
  { type: AuditEntry, name: 'AuditEntryConnection', description: 'A page of the audit log, oldest first.' },
  { name: 'AuditEntryEdge', description: 'An entry of the audit log in a page, with its cursor.' },
);
