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
    when u < 0.820 then value
    when u < 0.855 then upper(value[1]) || value[2:]
    when u < 0.880 then upper(value)
    when u < 0.905 then value || ' '
    when u < 0.930 then replace(value, '-', ' ')
    when u < 0.955 then replace(value, '-', '_')
    when u < 0.970 then 'n/a'
    when u < 0.980 then 'tbd'
    when u < 0.985 then ''
end;
create or replace macro estate.typed_environment(u, value) as case
    when u < 0.870 then value
    when u < 0.910 then case value when 'prod' then 'production' when 'dev' then 'development' else 'stage' end
    when u < 0.940 then upper(value)
    when u < 0.965 then value || ' '
    when u < 0.980 then 'n/a'
    when u < 0.985 then ''
end;
-- Names of tag keys: what the provider makes of them, and on Azure, which keeps case, how people type them.
create or replace macro estate.tag_key(provider, u, name) as case
    when provider = 'aws' then 'user_' || case when name = 'environment' and u between 0.77 and 0.80 then 'env' else name end
    when name = 'environment' and u between 0.77 and 0.80 then 'env'
    when provider = 'azure' and u between 0.80 and 0.815 then upper(name[1]) || name[2:]
    when provider = 'azure' and u between 0.815 and 0.82 then upper(name)
    else name
end;
create or replace macro estate.tag_list(provider, rid, word, team, product, environment, ranks) as list_filter([
    {'key': estate.tag_key(provider, ranks.team, 'team'), 'value': estate.typed(ranks.team, team)},
    {'key': estate.tag_key(provider, ranks.product, 'product'), 'value': estate.typed(ranks.product, product)},
    {'key': estate.tag_key(provider, ranks.environment, 'environment'), 'value': estate.typed_environment(ranks.environment, environment)},
    {'key': case when provider = 'aws' then 'user_cost_center' when provider = 'gcp' then 'cost_center' else 'CostCenter' end,
     'value': case when estate.unit(rid, 'centre') < 0.5 then 'cc-' || (4000 + hash(team) % 90) end},
    {'key': case when provider = 'aws' then 'user_name' when provider = 'gcp' then 'name' else 'Name' end,
     'value': case when estate.unit(rid, 'name') < 0.7 then word || '-' || environment end}
], lambda tag: tag.value is not null);
-- Google accepts lower case letters, digits, '-' and '_' only.
create or replace macro estate.label_list(tags) as list_transform(tags, lambda tag:
    {'key': tag.key, 'value': regexp_replace(lower(trim(tag.value)), '[^a-z0-9_-]', '-', 'g')});
