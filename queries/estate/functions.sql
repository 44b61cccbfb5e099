-- Which functions do the files of this folder share?
--
-- grain:   none: defines macros in schema estate
-- source:  invented; everything random is a hash of a key and the seed, so that no order of execution changes it
create or replace macro estate.unit(key, what) as ((hash(key, what) % 1000003)::double / 1000003);
create or replace macro estate.pick(key, what, choices) as choices[1 + (hash(key, what) % len(choices))::int];
create or replace macro estate.hex(key, what, length) as left(md5(key::varchar || what), length);
create or replace macro estate.fill(template, id, word, region, account, owner) as
    replace(replace(replace(replace(replace(replace(replace(template,
        '{id4}', left(id, 4)), '{ID}', upper(left(id, 13))), '{id}', left(id, 17)), '{word}', word), '{region}', region),
        '{account}', account), '{owner}', owner);
create or replace macro estate.word(key) as estate.pick(key, 'word', [
    'shipments', 'events', 'ledger', 'manifest', 'quotes', 'tariffs', 'driver', 'geo', 'invoices', 'documents', 'audit', 'search',
    'cache', 'sessions', 'ingest', 'archive', 'reports', 'features', 'gateway', 'webhooks', 'routing', 'labels', 'stops', 'carriers']);
-- A tag value as people type it: right, other case, stray blanks, other separator, placeholder, empty; null = key not set.
create or replace macro estate.typed(u, value) as case
    when u < 0.800 then value
    when u < 0.845 then upper(value[1]) || value[2:]
    when u < 0.870 then upper(value)
    when u < 0.895 then value || ' '
    when u < 0.915 then replace(value, '-', ' ')
    when u < 0.930 then replace(value, '-', '_')
    when u < 0.950 then 'n/a'
    when u < 0.965 then 'tbd'
    when u < 0.975 then ''
end;
create or replace macro estate.typed_environment(u, value) as case
    when u < 0.820 then value
    when u < 0.870 then case value when 'prod' then 'production' when 'dev' then 'development' else 'stage' end
    when u < 0.920 then upper(value)
    when u < 0.950 then value || ' '
    when u < 0.970 then 'n/a'
    when u < 0.980 then ''
end;
create or replace macro estate.tag_list(provider, rid, word, team, product, environment, neat) as list_filter([
    {'key': case when provider = 'aws' then 'user_team' when provider = 'gcp' then 'team'
                 else estate.pick(rid, 'team key', ['team', 'team', 'team', 'team', 'Team', 'Team', 'TEAM']) end,
     'value': estate.typed(case when neat then 0.4 else estate.unit(rid, 'team') end, team)},
    {'key': case when provider = 'aws' then 'user_product' when provider = 'gcp' then 'product'
                 else estate.pick(rid, 'product key', ['product', 'product', 'product', 'Product']) end,
     'value': estate.typed(case when neat then 0.4 else estate.unit(rid, 'product') end, product)},
    {'key': case when provider = 'aws' then estate.pick(rid, 'environment key', ['user_environment', 'user_environment', 'user_env'])
                 when provider = 'gcp' then estate.pick(rid, 'environment key', ['environment', 'environment', 'env'])
                 else estate.pick(rid, 'environment key', ['environment', 'Environment', 'env']) end,
     'value': estate.typed_environment(case when neat then 0.4 else estate.unit(rid, 'environment') end, environment)},
    {'key': case when provider = 'aws' then 'user_cost_center' when provider = 'gcp' then 'cost_center' else 'CostCenter' end,
     'value': case when estate.unit(rid, 'centre') < 0.5 then 'cc-' || (4000 + hash(team) % 90) end},
    {'key': case when provider = 'aws' then 'user_name' when provider = 'gcp' then 'name' else 'Name' end,
     'value': case when estate.unit(rid, 'name') < 0.7 then word || '-' || environment end}
], lambda tag: tag.value is not null);
-- Google accepts lower case letters, digits, '-' and '_' only.
create or replace macro estate.label_list(tags) as list_transform(tags, lambda tag:
    {'key': tag.key, 'value': regexp_replace(lower(trim(tag.value)), '[^a-z0-9_-]', '-', 'g')});
