{{ config(materialized='incremental', unique_key='id', on_schema_change='sync_all_columns', tags=['evolving']) }}
select * from {{ source('raw', 'wide') }}
