{{ config(materialized='table') }}
select id, name, 1 as undocumented from {{ ref('colors') }}
