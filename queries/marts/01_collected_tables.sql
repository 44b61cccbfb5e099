-- Tables that collectors fill: src/formats/collected-tables.json says which rows stand. Run before every build, after 00_config.
--
-- `source` is the source whose delivery the row is from. Texts of a key are empty, not null, where there is none.
create table if not exists account_names (
    provider varchar, billing_account_id varchar, account_id varchar, account_name varchar, account_type varchar, parent_path varchar,
    status varchar, tags map(varchar, varchar), observed_at timestamp, source varchar
);

-- Control totals: `ledger` is billed, effective, net_billed or net_effective; `group_name` is empty for the total of a month.
create table if not exists provider_totals (
    provider varchar, billing_account_id varchar, billing_period varchar, ledger varchar, group_name varchar, group_value varchar,
    amount decimal(38, 15), currency varchar, is_estimated boolean, observed_at timestamp, source varchar
);

-- `commitment_id` is empty for all commitments of a type together; `unit` is a currency or Hours.
create table if not exists provider_commitments (
    provider varchar, billing_account_id varchar, billing_period varchar, commitment_id varchar, commitment_type varchar,
    commitment_name varchar, total_commitment decimal(38, 15), used_commitment decimal(38, 15), unused_commitment decimal(38, 15),
    unit varchar, utilization_pct decimal(38, 15), on_demand_cost decimal(38, 15), amortized_cost decimal(38, 15),
    net_savings decimal(38, 15), currency varchar, observed_at timestamp, source varchar
);

create table if not exists provider_coverage (
    provider varchar, billing_account_id varchar, billing_period varchar, commitment_type varchar, group_name varchar,
    group_value varchar, covered_cost decimal(38, 15), on_demand_cost decimal(38, 15), total_cost decimal(38, 15),
    coverage_pct decimal(38, 15), currency varchar, observed_at timestamp, source varchar
);

-- `detail` is the rest of the provider's answer as JSON.
create table if not exists provider_findings (
    provider varchar, billing_account_id varchar, kind varchar, finding_id varchar, period_start timestamp, period_end timestamp,
    amount decimal(38, 15), lower_amount decimal(38, 15), upper_amount decimal(38, 15), currency varchar, service varchar,
    sub_account_id varchar, region varchar, title varchar, detail varchar, observed_at timestamp, source varchar
);

create table if not exists list_prices (
    provider varchar, sku_id varchar, sku_name varchar, service varchar, region varchar, unit varchar, currency varchar,
    tier_start decimal(38, 15), unit_price decimal(38, 15), purchase_option varchar, effective_at timestamp, detail varchar,
    observed_at timestamp, source varchar
);

-- Costs by day, workload and cluster as OpenCost models them: another view of charges that the bills hold, never added to them.
create table if not exists kubernetes_allocations (
    provider varchar, usage_date date, cluster varchar, allocation varchar, namespace varchar, controller_kind varchar,
    controller varchar,
    cpu_cost decimal(38, 15), gpu_cost decimal(38, 15), memory_cost decimal(38, 15), storage_cost decimal(38, 15),
    network_cost decimal(38, 15), load_balancer_cost decimal(38, 15), shared_cost decimal(38, 15), external_cost decimal(38, 15),
    idle_cost decimal(38, 15), total_cost decimal(38, 15), efficiency decimal(38, 15), currency varchar, labels map(varchar, varchar),
    observed_at timestamp, source varchar
);

-- What spellings of one account id share: Azure writes a subscription with or without its path, in any case.
create or replace macro account_key(id) as lower(regexp_replace(id, '^/?subscriptions/', '', 'i'));
