{{ config(materialized='dynamic_table', target_lag=var('lag', '1 hour'), snowflake_warehouse='EVERYTHING_WH', on_configuration_change='apply') }}
select id, name from {{ ref('colors') }}
