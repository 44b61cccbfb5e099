-- Tables that answers are configured and fed with, and the definitions that rollups and marts share. Run before every build.
--
-- Defaults are filled in only where a table is empty, so an absent `costwright.yaml` works.
-- Default policy: `team`, `product` and `environment` are required on every taggable resource, any value is allowed.

create table if not exists policy_keys (tag_key varchar, required boolean, allowed varchar[]);
insert into policy_keys
select unnest(['team', 'product', 'environment']), true, null where not exists (from policy_keys);

-- Other names of a key, e.g. `env` for `environment`: they count as a spelling of it, not as the exact key.
create table if not exists tag_aliases (tag_key varchar, alias varchar);

-- Values that mean "no value" (specs/allocation.md section 3), lower case.
create table if not exists placeholders (value varchar);
insert into placeholders
select unnest(['none', 'n/a', 'na', 'unknown', 'tbd', '-']) where not exists (from placeholders);

-- Which tag answers for a dimension; the lowest priority number that has a value wins.
create table if not exists dimension_keys (dimension varchar, tag_key varchar, priority integer);
insert into dimension_keys
select * from (values
    ('team', 'team', 1),
    ('product', 'product', 1), ('product', 'application', 2), ('product', 'app', 3),
    ('environment', 'environment', 1), ('environment', 'env', 2)
) where not exists (from dimension_keys);

create table if not exists account_dimensions (sub_account_id varchar, dimension varchar, value varchar);

-- Tags that providers set themselves do not show that a service can carry a user's tag (vendor documentation, 2026-11).
create table if not exists system_tag_prefixes (prefix varchar);
insert into system_tag_prefixes
select unnest(['aws:', 'aws_', 'goog-', 'goog_', 'compute.googleapis.com/', 'k8s-namespace', 'hidden-', 'ms-resource-usage', 'unparsed'])
where not exists (from system_tag_prefixes);

-- Curated exceptions to the observed rule "this service and resource type has shown a user tag".
create table if not exists taggable_overrides (service_name varchar, resource_type varchar, taggable boolean);

-- Usage that a commitment could cover, by service category (specs/commitments.md section 1: a versioned table, not a constant).
-- Services that have shown covered usage are eligible as well.
create table if not exists commitment_eligibility (service_category varchar, eligible boolean, version varchar);
insert into commitment_eligibility
select unnest(['Compute', 'Databases']), true, '2026-11 default' where not exists (from commitment_eligibility);

-- The same by meter, for comparison with what a provider calls covered: usage that its plans apply to, as its documentation of the
-- version lists it. Patterns are regular expressions.
create table if not exists commitment_meters (commitment_type varchar, service_pattern varchar, meter_pattern varchar, version varchar);
insert into commitment_meters
select 'Savings Plan', service_pattern, meter_pattern, '2026-11 AWS Compute Savings Plans' from (values
    ('Elastic Compute Cloud', '(^|-)(BoxUsage|HostBoxUsage|DedicatedUsage|HostUsage)'),
    ('Elastic (Container|Kubernetes)', 'Fargate-'),
    ('Lambda', 'Lambda-(GB-Second|Provisioned)')
) as v (service_pattern, meter_pattern) where not exists (from commitment_meters);

-- Targets (specs/kpis.md section 2): `comparison` is applied to the unrounded ratio, `met` first, then `near`.
create table if not exists kpi_targets (kpi varchar, comparison varchar, met double, near double, origin varchar);
insert into kpi_targets
select * from (values
    ('tag.coverage_taggable', '>', 0.95, 0.90, 'charter'),
    ('rate.utilisation', '>', 0.90, 0.85, 'charter'),
    ('rate.capacity_utilisation', '>', 0.90, 0.85, 'charter'),
    ('budget.variance_pct', 'abs<=', 5.0, 10.0, 'charter'),
    ('unit.trend', '<=', 0.0, 0.02, 'charter'),
    ('unit.deployment_change', '<=', -0.20, -0.10, 'charter'),
    ('unit.environment_change', '<=', -0.20, -0.10, 'charter')
) where not exists (from kpi_targets);

create table if not exists business_metrics (
    metric_date date, metric varchar, unit varchar, dimensions map(varchar, varchar), value decimal(38, 15), source varchar
);
-- How daily values add up to a period: `sum` (requests, deployments; the default) or `average` (tenants, environments, seats).
create table if not exists business_metric_kinds (metric varchar, aggregation varchar, minimum_quantity decimal(38, 15));

create table if not exists budgets (
    budget varchar, dimension varchar, value varchar, month varchar, amount decimal(38, 15), currency varchar, ledger varchar,
    tolerance_pct decimal(38, 15), hard_limit_pct decimal(38, 15), materiality decimal(38, 15)
);
create table if not exists invoice_totals (
    issuer varchar, billing_account_id varchar, invoice_id varchar, currency varchar, amount decimal(38, 15), voided boolean
);

-- One row per current version of a billing period and currency, with its control totals (specs/reconciliation.md section 1).
create table if not exists lake_versions (
    source varchar, format varchar, billing_period varchar, version integer, landed_at timestamp, delivery varchar, currency varchar,
    rows_in bigint, rows_out bigint, rows_derived bigint, rows_excluded bigint,
    delivered_billed decimal(38, 15), billed_cost decimal(38, 15), delivered_effective decimal(38, 15), effective_cost decimal(38, 15),
    unknown_effective bigint, first_charge timestamp, complete_through timestamp
);

-- Spelling folded away: case, '-', '_' and blanks; of keys also the prefixes that providers and exports put in front.
create or replace macro fold_value(x) as regexp_replace(lower(trim(nfc_normalize(x))), '[-_\s]+', '-', 'g');
create or replace macro fold_key(x) as fold_value(regexp_replace(trim(x), '^(user[:_]|labels?[./:_])', '', 'i'));

-- The values of one charge's policy tags in the order of `raw_keys`, and the number of that combination.
create or replace macro tag_values_of(tags, raw_keys) as list_transform(raw_keys, lambda k: tags[k]);
create or replace macro tag_set_id(tag_values, raw_keys) as hash(tag_values, raw_keys);

-- Usage whose on-demand equivalent counts: that of an unused commitment is 0 whatever the provider wrote.
create or replace macro is_consumption(category, status) as category = 'Usage' and status is distinct from 'Unused';
