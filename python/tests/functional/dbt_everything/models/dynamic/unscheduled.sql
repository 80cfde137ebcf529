{{ config(materialized='dynamic_table', snowflake_warehouse='EVERYTHING_WH', transient=true, refresh_mode='FULL', initialize='ON_CREATE', cluster_by='id') }}
select id, name from {{ source('raw', 'items') }}
