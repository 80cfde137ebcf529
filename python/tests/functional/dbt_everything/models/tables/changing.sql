{{ config(materialized=env_var('EVERYTHING_KIND', 'table'), target_lag='downstream', snowflake_warehouse='EVERYTHING_WH') }}
select id, name from {{ ref('colors') }}
