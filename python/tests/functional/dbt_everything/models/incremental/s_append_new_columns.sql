{{ config(materialized='incremental', unique_key='id', on_schema_change='append_new_columns', tags=['evolving']) }}
select * from {{ source('raw', 'wide') }}
