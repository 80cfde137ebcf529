{{ config(store_failures=true, store_failures_as='view', severity='warn') }}
select * from {{ ref('colors') }} where name = 'red'
