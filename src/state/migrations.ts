/** One entry a version of the schema, oldest first; an entry that was released never changes. */
export const migrations: readonly string[] = [
  `
create table incidents (
    incident_id text primary key,
    body        text not null check (json_valid(body)),
    updated_at  text not null,
    state       text not null generated always as (body ->> '$.state'),
    team        text generated always as (body ->> '$.series.team'),
    opened_on   text not null generated always as (body ->> '$.opened_on')
) strict;
create index incidents_by_state on incidents (state, opened_on);

create table incident_events (
    sequence    integer primary key autoincrement,
    event_key   text not null unique,
    incident_id text not null references incidents,
    at          text not null,
    body        text not null check (json_valid(body))
) strict;
create index incident_events_by_incident on incident_events (incident_id, sequence);

create table verdicts (
    sequence    integer primary key autoincrement,
    incident_id text not null references incidents,
    verdict     text not null check (verdict in ('actionable', 'expected', 'noise')),
    series      text not null check (json_valid(series)),
    direction   text not null check (direction in ('up', 'down')),
    date        text not null,
    given_on    text not null,
    until       text,
    actor       text not null
) strict;
create index verdicts_by_incident on verdicts (incident_id, sequence);

create table silences (
    silence_id  text primary key,
    kind        text not null check (kind in ('expected', 'muted', 'planned')),
    scope       text not null check (json_valid(scope)),
    direction   text check (direction in ('up', 'down')),
    start_date  text not null,
    end_date    text,
    ceiling     text,
    incident_id text references incidents,
    note        text,
    actor       text not null,
    created_at  text not null,
    ended_at    text
) strict;

create table messages (
    message_id    text primary key,
    channel       text not null,
    kind          text not null check (kind in ('single', 'digest', 'roll_up')),
    status        text not null check (status in ('pending', 'delivered', 'failed')),
    not_before    text not null,
    attempts      integer not null default 0,
    claimed_until text,
    claimed_by    text,
    last_error    text,
    receipt       text check (receipt is null or json_valid(receipt)),
    created_at    text not null,
    delivered_at  text
) strict;
create index messages_by_status on messages (status, channel, not_before);

create table deliveries (
    sequence     integer primary key autoincrement,
    delivery_key text not null unique,
    incident_id  text not null references incidents,
    channel      text not null,
    change       text not null,
    alert        text not null check (json_valid(alert)),
    created_at   text not null,
    not_before   text not null,
    message_id   text references messages
) strict;
create index deliveries_unplanned on deliveries (channel, sequence) where message_id is null;
create index deliveries_by_message on deliveries (message_id);
create index deliveries_by_incident on deliveries (incident_id, channel);

create table audit (
    sequence integer primary key autoincrement,
    at       text not null,
    actor    text not null,
    action   text not null,
    subject  text not null,
    detail   text not null check (json_valid(detail))
) strict;
create index audit_by_subject on audit (subject, sequence);

create trigger audit_is_kept before delete on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger audit_is_final before update on audit begin select raise(abort, 'the audit log is append-only'); end;
create trigger events_are_kept before delete on incident_events begin select raise(abort, 'events are append-only'); end;
create trigger events_are_final before update on incident_events begin select raise(abort, 'events are append-only'); end;
create trigger verdicts_are_kept before delete on verdicts begin select raise(abort, 'verdicts are append-only'); end;
create trigger verdicts_are_final before update on verdicts begin select raise(abort, 'verdicts are append-only'); end;
`,
  `
create table detection_runs (
    sequence     integer primary key autoincrement,
    at           text not null,
    lake_state   text not null,
    data_through text,
    findings     text not null check (json_valid(findings))
) strict;
`,
  `
create table savings (
  finding_id text primary key, finding_key text not null unique, rule text not null, step text not null, provider text, sub_account_id text,
  resource_id text, currency text not null, state text not null, identified_amount text, one_off_cost text, verified_amount text,
  owner text, reason text, until text, identified_on text not null, accepted_on text, implemented_on text, verified_on text, changed_at text not null
) strict;
create table savings_events (
  event integer primary key, finding_id text not null references savings, at text not null, actor text not null,
  from_state text, to_state text not null, detail text not null
) strict;
create trigger savings_events_kept before delete on savings_events begin select raise(abort, 'the audit is append-only'); end;
create trigger savings_events_fixed before update on savings_events begin select raise(abort, 'the audit is append-only'); end;
`,
  `
create table api_keys (
    key_id     text primary key,
    name       text not null,
    digest     text not null,
    role       text not null check (role in ('viewer', 'analyst', 'admin')),
    teams      text check (teams is null or json_valid(teams)),
    created_at text not null,
    created_by text not null,
    expires_at text,
    revoked_at text
) strict;

alter table audit add column chain text;
`,
  `
create table incident_charts (
    incident_id text primary key references incidents,
    body        text not null check (json_valid(body)),
    updated_at  text not null
) strict;

create table used_signatures (
    signature text primary key,
    at        text not null
) strict;
`,
  `
create table report_deliveries (
  message_id text primary key, report text not null, month text not null, currency text not null, channel text not null,
  status text not null check (status in ('pending', 'delivered')), attempts integer not null default 0,
  claimed_until text, claimed_by text, last_error text, receipt text check (receipt is null or json_valid(receipt)),
  created_at text not null, delivered_at text, unique (report, month, currency, channel)
) strict;
`,
  `
create table jobs (
    sequence   integer primary key autoincrement,
    job_id     text not null unique,
    kind       text not null,
    options    text not null check (json_valid(options)),
    actor      text not null,
    owner      text not null,
    state      text not null check (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    created_at text not null,
    started_at text,
    ended_at   text,
    exit_code  integer,
    progress   text check (progress is null or json_valid(progress)),
    result     text check (result is null or json_valid(result)),
    problem    text check (problem is null or json_valid(problem)),
    log        text not null default '[]' check (json_valid(log))
) strict;
create index jobs_by_state on jobs (state, sequence);
`,
]
