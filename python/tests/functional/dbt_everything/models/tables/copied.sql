{{ config(materialized='table', copy_grants=true) }}
select id from {{ ref('colors') }}
