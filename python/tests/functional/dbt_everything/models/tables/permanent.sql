{{ config(materialized='table', transient=false, cluster_by=['id'], query_tag='everything',
    pre_hook="create table if not exists {{ this.schema }}.hooks (word varchar)",
    post_hook=["insert into {{ this.schema }}.hooks values ('one')", "insert into {{ this.schema }}.hooks values ('two'); "]) }}
select id, name from {{ ref('colors') }}
