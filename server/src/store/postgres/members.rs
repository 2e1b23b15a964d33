//! The processes that share a PostgreSQL.

use std::time::Duration;

use uuid::Uuid;

use super::{PostgresStore, within};
use crate::store::found::{milliseconds, signed, unsigned};
use crate::store::{Acknowledged, Acknowledgements, Dropping, Member, MemberStore, StoreFuture};

impl MemberStore for PostgresStore {
    fn attend(
        &self,
        member: &Member,
        lease: Duration,
        seen: u64,
        acknowledged: Vec<Acknowledged>,
    ) -> StoreFuture<'_, Vec<Dropping>> {
        let member = member.clone();
        within(async move {
            let mut transaction = self.write().await?;
            for Acknowledged { number, in_memory } in acknowledged {
                sqlx::query(
                    "INSERT INTO drop_acknowledgements (number, member_id, in_memory, at)
                     VALUES ($1, $2, $3, coalesce($4, now_ms())) ON CONFLICT (number, member_id) DO NOTHING",
                )
                .bind(signed(number))
                .bind(member.id)
                .bind(signed(in_memory))
                .bind(self.now())
                .execute(&mut *transaction)
                .await?;
            }
            sqlx::query(
                "INSERT INTO members (member_id, name, joined_at, lease_until, seen)
                 VALUES ($1, $2, coalesce($3, now_ms()), coalesce($3, now_ms()) + $4, $5)
                 ON CONFLICT (member_id) DO UPDATE SET lease_until = excluded.lease_until, seen = excluded.seen",
            )
            .bind(member.id)
            .bind(member.name)
            .bind(self.now())
            .bind(milliseconds(lease))
            .bind(signed(seen))
            .execute(&mut *transaction)
            .await?;
            let news = self.drops_after(&mut transaction, seen).await?;
            transaction.commit().await?;
            Ok(news)
        })
    }

    fn leave(&self, member: Uuid) -> StoreFuture<'_, ()> {
        within(async move {
            sqlx::query("DELETE FROM members WHERE member_id = $1").bind(member).execute(&self.pool).await?;
            Ok(())
        })
    }

    fn acknowledgements(&self, number: u64) -> StoreFuture<'_, Acknowledgements> {
        within(async move {
            let (in_memory, awaited, lost): (i64, Vec<String>, Vec<String>) = sqlx::query_as(
                "SELECT (SELECT coalesce(sum(in_memory), 0)::bigint FROM drop_acknowledgements WHERE number = $1),
                        coalesce(array_agg(name ORDER BY name) FILTER (WHERE lease_until > coalesce($2, now_ms())), '{}'),
                        coalesce(array_agg(name ORDER BY name) FILTER (WHERE lease_until <= coalesce($2, now_ms())), '{}')
                 FROM members
                 -- Of those whose lease held when it was dropped.
                 WHERE seen < $1 AND lease_until > (SELECT coalesce(max(at), 0) FROM drops WHERE number = $1)",
            )
            .bind(signed(number))
            .bind(self.now())
            .fetch_one(&self.pool)
            .await?;
            Ok(Acknowledgements { in_memory: unsigned(in_memory), awaited, lost })
        })
    }

    fn forget_drops(&self, age: Duration) -> StoreFuture<'_, ()> {
        within(async move {
            let mut transaction = self.write().await?;
            if !self.may_prune(&mut transaction).await? {
                return Ok(());
            }
            for statement in [
                "DELETE FROM drops WHERE at < coalesce($1, now_ms()) - $2",
                "DELETE FROM drop_acknowledgements WHERE at < coalesce($1, now_ms()) - $2",
                "DELETE FROM members WHERE lease_until < coalesce($1, now_ms()) - $2",
            ] {
                sqlx::query(statement).bind(self.now()).bind(milliseconds(age)).execute(&mut *transaction).await?;
            }
            transaction.commit().await?;
            Ok(())
        })
    }
}
